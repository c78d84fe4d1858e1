/** A lock held by an owner over several calls; those who wait get it in the order they asked. */
export class Turn<Owner> {
  #holder: Owner | null = null;
  readonly #waiting: { owner: Owner; resolve: () => void }[] = [];

  /** Resolves once `owner` holds the turn; at once where it already does. */
  async acquire(owner: Owner): Promise<void> {
    if (this.#holder === owner) return;
    if (this.#holder === null) {
      this.#holder = owner;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push({ owner, resolve }));
  }

  /** Hands the turn to whoever waits longest. Does nothing where `owner` does not hold it. */
  release(owner: Owner): void {
    if (this.#holder !== owner) return;
    const next = this.#waiting.shift();
    this.#holder = next?.owner ?? null;
    next?.resolve();
  }

  isHeldBy(owner: Owner): boolean {
    return this.#holder === owner;
  }
}
