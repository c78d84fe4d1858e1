/** The steps that undo the changes of a group of commands. They run from last to first. */
export class UndoLog {
  #steps: (() => void)[] = [];
  /** Whether changes are recorded. Outside a group, this flag is all that a mutator checks. */
  isOn = false;

  begin(): void {
    if (this.isOn) throw new Error("a group of commands is open already");
    this.isOn = true;
  }

  /** Records how to undo a change. @throws outside a group, where the step would stay until the next one. */
  add(step: () => void): void {
    if (!this.isOn) throw new Error("no group of commands is open");
    this.#steps.push(step);
  }

  /** Drops the steps and keeps the changes. */
  end(): void {
    if (!this.isOn) throw new Error("no group of commands is open");
    this.#steps = [];
    this.isOn = false;
  }

  /** Undoes the changes. */
  run(): void {
    const steps = this.#steps;
    this.end();
    for (const step of steps.reverse()) step();
  }
}
