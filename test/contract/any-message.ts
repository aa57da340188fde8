import type { PackageDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';

/** What proto-loader read from the .proto files, in the part that this needs. */
interface FieldType {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}
interface MessageType {
  readonly name: string;
  readonly field: readonly FieldType[];
  readonly nestedType: readonly (MessageType & { readonly options?: { mapEntry?: boolean } })[];
  readonly enumType: readonly EnumType[];
}
interface EnumType {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}

/** Makes messages out of the schema alone, every field of every message in turn, so that a new field is tested at once. */
export class AnyMessage {
  readonly #messages = new Map<string, MessageType>();
  readonly #enums = new Map<string, EnumType>();

  constructor(definition: PackageDefinition) {
    for (const [name, { type, format }] of Object.entries(definition) as [string, never][]) {
      if (format === 'Protocol Buffer 3 EnumDescriptorProto') this.#enums.set(name, type);
      if (format === 'Protocol Buffer 3 DescriptorProto') this.#add(name, type);
    }
  }

  #add(name: string, type: MessageType): void {
    this.#messages.set(name, type);
    for (const nested of type.nestedType) this.#add(`${name}.${nested.name}`, nested);
    for (const one of type.enumType) this.#enums.set(`${name}.${one.name}`, one);
  }

  /** As proto-loader takes it: camel-case names, enums and 64-bit numbers as text. */
  of(name: string): fc.Arbitrary<Record<string, unknown>> {
    const message = this.#messages.get(name);
    if (!message) throw new TypeError(`no message ${name} in the schema`);
    const alone = message.field.filter((field) => !inOneof(field));
    const fields: Record<string, fc.Arbitrary<unknown>> = {};
    for (const field of alone) fields[field.name] = this.#field(name, message, field);
    const required = alone.filter(isAlwaysThere).map((field) => field.name);
    const rest = fc.record(fields, { requiredKeys: required });
    return this.#oneofs(name, message).reduce<fc.Arbitrary<Record<string, unknown>>>(
      (made, oneof) => fc.tuple(made, oneof).map(([left, right]) => ({ ...left, ...right })),
      rest,
    );
  }

  /** For each oneof: nothing, or one of its fields. */
  #oneofs(name: string, message: MessageType): fc.Arbitrary<Record<string, unknown>>[] {
    const groups = Map.groupBy(message.field.filter(inOneof), (field) => field.oneofIndex);
    return [...groups.values()].map((fields) =>
      fc.oneof(
        fc.constant({}),
        ...fields.map((field) => fc.record({ [field.name]: this.#one(name, field) })),
      ),
    );
  }

  #field(name: string, message: MessageType, field: FieldType): fc.Arbitrary<unknown> {
    if (field.label !== 'LABEL_REPEATED') return this.#one(name, field);
    const entry = message.nestedType.find(
      (nested) => nested.options?.mapEntry && field.typeName.endsWith(nested.name),
    );
    if (!entry) return fc.array(this.#one(name, field), { maxLength: 3 });
    return fc.dictionary(fc.string({ minLength: 1 }).filter(isPlain), fc.string(), { maxKeys: 3 });
  }

  #one(name: string, field: FieldType): fc.Arbitrary<unknown> {
    switch (field.type) {
      case 'TYPE_STRING':
        return fc.string({ unit: 'grapheme' });
      case 'TYPE_BYTES':
        return fc.uint8Array().map((bytes) => Buffer.from(bytes));
      case 'TYPE_BOOL':
        return fc.boolean();
      case 'TYPE_DOUBLE':
        return fc.double();
      case 'TYPE_UINT32':
        return fc.integer({ min: 0, max: 2 ** 32 - 1 });
      case 'TYPE_INT32':
        return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
      case 'TYPE_INT64':
        return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
      case 'TYPE_ENUM': {
        const { value } = this.#find(this.#enums, name, field.typeName);
        return fc.constantFrom(...value.map((one) => one.name));
      }
      case 'TYPE_MESSAGE':
        return fc.constant(undefined).chain(() => this.of(this.#name(name, field.typeName)));
      default:
        throw new TypeError(`${name}.${field.name} has type ${field.type}: say here how it is made`);
    }
  }

  /** Type names come as they were resolved or as they were written; both are found, from the inside out. */
  #find<T>(map: ReadonlyMap<string, T>, from: string, typeName: string): T {
    const plain = typeName.replace(/^\./, '');
    for (let scope = from; ; scope = scope.slice(0, Math.max(0, scope.lastIndexOf('.')))) {
      const found = map.get(scope === '' ? plain : `${scope}.${plain}`);
      if (found) return found;
      if (scope === '') throw new TypeError(`no type ${typeName} in the schema`);
    }
  }

  #name(from: string, typeName: string): string {
    const message = this.#find(this.#messages, from, typeName);
    const entry = [...this.#messages].find(([, one]) => one === message);
    return entry?.[0] ?? '';
  }
}

function inOneof(field: FieldType): boolean {
  return field.oneofIndex !== undefined && !field.proto3Optional && !isOptional(field);
}

function isOptional(field: FieldType): boolean {
  return field.proto3Optional === true;
}

/** What has no presence on the wire: a missing one reads as its default. */
function isAlwaysThere(field: FieldType): boolean {
  return !isOptional(field) && field.type !== 'TYPE_MESSAGE';
}

function isPlain(name: string): boolean {
  return name !== '__proto__';
}
