// Sizes as people read them.

export interface Size {
  millivcpu: number;
  memoryMib: number;
  storageMib: number;
}

/** `256 MiB`, `1.5 GiB`; a number is never parted from its unit. */
export function mebibytes(mib: number): string {
  return mib >= 1024 && mib % 256 === 0
    ? `${String(mib / 1024)}\u00a0GiB`
    : `${String(mib)}\u00a0MiB`;
}

/** `1.5 MiB`, `52.5 GiB` for a number of bytes that may be beyond what a browser counts exactly. */
export function bytes(text: string): string {
  const mib = Number(text) / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib.toFixed(1)} MiB`;
}

/** `0.5` for 500. */
export function vcpu(millivcpu: number): string {
  return String(millivcpu / 1000);
}

export function sizeParts(size: Size): { vcpu: string; memory: string; storage: string } {
  return {
    vcpu: vcpu(size.millivcpu),
    memory: mebibytes(size.memoryMib),
    storage: mebibytes(size.storageMib),
  };
}
