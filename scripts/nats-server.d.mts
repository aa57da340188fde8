/** The path of a real nats-server; installs one where that can be done, and throws saying what to do where not. */
export declare function ensureNatsServer(options?: { log?: (line: string) => void }): string;
