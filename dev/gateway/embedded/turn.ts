/** A lock that an owner holds over several calls. Waiting owners get it in the order of their requests. */
export class Turn<Owner> {
  #holder: Owner | null = null;
  readonly #waiting: { owner: Owner; resolve: () => void }[] = [];

  /** Resolves once `owner` has the turn; at once if it already has it. */
  async acquire(owner: Owner): Promise<void> {
    if (this.#holder === owner) return;
    if (this.#holder === null) {
      this.#holder = owner;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push({ owner, resolve }));
  }

  /** Passes the turn to the owner that has waited longest. Does nothing if `owner` does not have it. */
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
