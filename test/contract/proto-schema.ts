import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The buf of this checkout, run at its root. */
export async function buf(...args: readonly string[]): Promise<string> {
  const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
  const { stdout } = await promisify(execFile)('buf', args, { cwd: ROOT, env, maxBuffer: 1 << 26 });
  return stdout;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}

interface Message {
  readonly name: string;
  readonly field?: readonly Field[];
  readonly nestedType?: readonly Message[];
  readonly enumType?: readonly Enum[];
  readonly options?: { readonly mapEntry?: boolean };
}

interface Enum {
  readonly name: string;
  readonly value: readonly { readonly name: string }[];
}

interface Method {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
}

interface File {
  readonly package?: string;
  readonly messageType?: readonly Message[];
  readonly enumType?: readonly Enum[];
  readonly service?: readonly { readonly name: string; readonly method: readonly Method[] }[];
}

export interface MethodSchema {
  /** "/weir.v1.Draft/Generate" */
  readonly path: string;
  readonly request: string;
  readonly response: string;
}

/**
 * The .proto files as buf reads them. Messages are made out of it alone, with every field that the schema has: one that
 * is added there is tested without a change here.
 */
export class ProtoSchema {
  readonly #messages = new Map<string, Message>();
  readonly #enums = new Map<string, Enum>();
  readonly methods: MethodSchema[] = [];

  private constructor(files: readonly File[]) {
    for (const file of files) this.#addFile(file);
  }

  static async load(): Promise<ProtoSchema> {
    const json = await buf('build', '--as-file-descriptor-set', '-o', '-#format=json');
    return new ProtoSchema((JSON.parse(json) as { file: File[] }).file);
  }

  #addFile(file: File): void {
    const scope = file.package ?? '';
    for (const one of file.enumType ?? []) this.#enums.set(`${scope}.${one.name}`, one);
    for (const one of file.messageType ?? []) this.#addMessage(`${scope}.${one.name}`, one);
    for (const { name, method } of file.service ?? []) {
      for (const { name: method_, inputType, outputType } of method) {
        const path = `/${scope}.${name}/${method_}`;
        this.methods.push({ path, request: plain(inputType), response: plain(outputType) });
      }
    }
  }

  #addMessage(name: string, message: Message): void {
    this.#messages.set(name, message);
    for (const one of message.enumType ?? []) this.#enums.set(`${name}.${one.name}`, one);
    for (const one of message.nestedType ?? []) this.#addMessage(`${name}.${one.name}`, one);
  }

  /** The names of the messages that are not inside others. */
  topLevel(packageName: string): string[] {
    return [...this.#messages.keys()].filter(
      (name) =>
        name.startsWith(`${packageName}.`) && !name.slice(packageName.length + 1).includes('.'),
    );
  }

  /** As proto-loader takes it with `keepCase`: enums by name, 64-bit numbers as text. */
  anyOf(name: string): fc.Arbitrary<Record<string, unknown>> {
    const fields = this.#messages.get(name)?.field ?? [];
    const alone = fields.filter((field) => !inOneof(field));
    const parts: Record<string, fc.Arbitrary<unknown>> = {};
    for (const field of alone) parts[field.name] = this.#anyField(field);
    // What has no presence on the wire reads as its default when it is missing, so it is never missing here.
    const requiredKeys = alone.filter((field) => !hasPresence(field)).map((field) => field.name);
    const groups = Map.groupBy(fields.filter(inOneof), (field) => field.oneofIndex);
    return [...groups.values()].reduce(
      (made, group) =>
        fc.tuple(made, this.#anyOneof(group)).map(([left, right]) => ({ ...left, ...right })),
      fc.record(parts, { requiredKeys }) as fc.Arbitrary<Record<string, unknown>>,
    );
  }

  #anyOneof(fields: readonly Field[]): fc.Arbitrary<Record<string, unknown>> {
    const each = fields.map((field) => fc.record({ [field.name]: this.#anyValue(field) }));
    return fc.oneof(fc.constant({}), ...each);
  }

  #anyField(field: Field): fc.Arbitrary<unknown> {
    if (field.label !== 'LABEL_REPEATED') return this.#anyValue(field);
    if (!this.#messages.get(plain(field.typeName))?.options?.mapEntry) {
      return fc.array(this.#anyValue(field), { maxLength: 3 });
    }
    // Generated code keeps no "__proto__": as a key of a plain object it is none.
    const key = fc.string().filter((name) => name !== '__proto__');
    return fc.dictionary(key, fc.string(), { maxKeys: 3, noNullPrototype: true });
  }

  #anyValue({ name, type, typeName }: Field): fc.Arbitrary<unknown> {
    switch (type) {
      case 'TYPE_STRING':
        return fc.string({ unit: 'grapheme' });
      case 'TYPE_BYTES':
        return fc.uint8Array().map((bytes) => Buffer.from(bytes));
      case 'TYPE_BOOL':
        return fc.boolean();
      case 'TYPE_DOUBLE':
        // Without -0, which generated code takes for the default.
        return fc.double().map((number) => number + 0);
      case 'TYPE_UINT32':
        return fc.nat(2 ** 32 - 1);
      case 'TYPE_INT32':
        return fc.integer();
      case 'TYPE_INT64':
        return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
      case 'TYPE_ENUM': {
        const values = this.#enums.get(plain(typeName))?.value ?? [];
        return fc.constantFrom(...values.map((value) => value.name));
      }
      case 'TYPE_MESSAGE':
        return this.anyOf(plain(typeName));
      default:
        throw new TypeError(`${name} is a ${type}: say here how one is made`);
    }
  }
}

function plain(typeName = ''): string {
  return typeName.replace(/^\./, '');
}

function inOneof(field: Field): boolean {
  return field.oneofIndex !== undefined && !field.proto3Optional;
}

function hasPresence(field: Field): boolean {
  const single = field.label !== 'LABEL_REPEATED';
  return single && (field.proto3Optional === true || field.type === 'TYPE_MESSAGE');
}
