import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_HEADER_BYTES = 46;
const FILE_HEADER_BYTES = 30;

/** Returns a file of a zip archive that Deflate has compressed. The archive has no comment. */
export function unzipped(zip: Buffer, name: string): Buffer {
  const end = zip.length - 22;
  if (zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('not a zip archive without a comment');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameBytes, extraBytes] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const found = zip.toString('utf8', at + DIRECTORY_HEADER_BYTES, at + DIRECTORY_HEADER_BYTES + nameBytes);
    if (found === name) return content(zip, zip.readUInt32LE(at + 42), zip.readUInt32LE(at + 20));
    at += DIRECTORY_HEADER_BYTES + nameBytes + extraBytes + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the archive holds no file ${name}`);
}

function content(zip: Buffer, header: number, bytes: number): Buffer {
  const start = header + FILE_HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  return inflateRawSync(zip.subarray(start, start + bytes));
}
