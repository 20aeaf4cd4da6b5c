import type { OpenProject } from '../projects/projects.ts';
import { Cage, type CagePorts } from './cage.ts';

/** The cages of all open projects. */
export class Cages {
  readonly #ports: CagePorts;
  readonly #cages = new Map<string, Cage>();

  constructor(ports: CagePorts) {
    this.#ports = ports;
  }

  /** Made together with the project, so that there is no project without one. */
  make(project: OpenProject): Cage {
    const cage = new Cage(project, this.#ports);
    this.#cages.get(project.id)?.dispose();
    this.#cages.set(project.id, cage);
    return cage;
  }

  of(project: OpenProject): Cage {
    const cage = this.#cages.get(project.id);
    if (cage === undefined) throw new Error(`project ${project.id} has no cage object`);
    return cage;
  }

  dispose(): void {
    for (const cage of this.#cages.values()) cage.dispose();
    this.#cages.clear();
  }
}
