/** What to do to take back the changes of a group of commands, last change first. */
export class UndoLog {
  #steps: (() => void)[] = [];
  /** Whether changes are noted. Outside of a group a mutator asks this and nothing else. */
  isOn = false;

  begin(): void {
    if (this.isOn) throw new Error("a group of commands is open already");
    this.isOn = true;
  }

  /** Notes how to take a change back. @throws outside of a group: the step would wait for the next one. */
  add(step: () => void): void {
    if (!this.isOn) throw new Error("no group of commands is open");
    this.#steps.push(step);
  }

  /** Keeps the changes. */
  end(): void {
    if (!this.isOn) throw new Error("no group of commands is open");
    this.#steps = [];
    this.isOn = false;
  }

  /** Takes the changes back. */
  run(): void {
    const steps = this.#steps;
    this.end();
    for (const step of steps.reverse()) step();
  }
}
