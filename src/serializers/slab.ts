// Memory for what serializers give out. Consecutive results share a slab, because a buffer of its own for each batch
// costs more than filling it does.
const SLAB_BYTES = 256 * 1024

export class Slab {
  #bytes = Buffer.alloc(0)
  #at = 0

  /** Space that is the caller's for good. */
  take(bytes: number): Buffer {
    if (this.#bytes.length - this.#at < bytes) {
      // Something large gets its own memory, so that it does not keep a slab alive that is larger still.
      if (bytes > SLAB_BYTES / 2) return Buffer.allocUnsafeSlow(bytes)
      this.#bytes = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#at = 0
    }
    const start = this.#at
    this.#at += bytes
    return this.#bytes.subarray(start, this.#at)
  }
}
