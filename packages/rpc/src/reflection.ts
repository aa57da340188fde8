import type { PackageDefinition } from '@grpc/proto-loader';
import descriptor, { type IDescriptorProto } from 'protobufjs/ext/descriptor/index.js';

/**
 * The definition with map fields as protoc writes them. proto-loader names the entry of a map after its field alone,
 * which buf and grpcurl refuse together with the whole file (fullstorydev/grpcurl#519).
 */
export function withMapEntries(definition: PackageDefinition): PackageDefinition {
  const mended = Object.entries(definition).map(([name, one]) => {
    const files: unknown = one.fileDescriptorProtos;
    return [
      name,
      Array.isArray(files) ? { ...one, fileDescriptorProtos: files.map(mendFile) } : one,
    ];
  });
  return Object.fromEntries(mended);
}

function mendFile(bytes: Buffer): Buffer {
  const file = descriptor.FileDescriptorProto.decode(bytes);
  const { messageType } = file as unknown as { messageType: IDescriptorProto[] };
  for (const message of messageType) mendMessage(message);
  return Buffer.from(descriptor.FileDescriptorProto.encode(file).finish());
}

function mendMessage(message: IDescriptorProto): void {
  for (const nested of message.nestedType ?? []) {
    mendMessage(nested);
    if (!nested.options?.mapEntry) continue;
    const field = message.field?.find(({ typeName }) => typeName === nested.name);
    if (!field) continue;
    nested.name = `${pascalCase(field.name ?? '')}Entry`;
    field.typeName = nested.name;
  }
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|_)(.)/g, (_all, letter: string) => letter.toUpperCase());
}
