/** Who is at the page: one of the demo's two people, or the owner of a pasted API key. */

const KEY = "deskmate.key";
const PERSONA = "deskmate.persona";

/** Wires `service.key`; identities are {role, subject, key}. */
export class Session {
  #service;
  /** The demo's people, empty where real keys are asked for. */
  personas = [];
  /** Who is signed in, or null. */
  identity = null;

  constructor(service) {
    this.#service = service;
  }

  /** Finds out who is here. Throws Problem where the service does not answer. */
  async open() {
    const demo = await this.#service.demoSession();
    if (demo) {
      this.personas = ["customer", "staff"].filter((role) => demo[role]).map((role) => ({ role, ...demo[role] }));
      this.become(sessionStorage.getItem(PERSONA) ?? this.personas[0].role);
      return;
    }
    const key = sessionStorage.getItem(KEY);
    if (key) await this.signIn(key);
  }

  /** Switches between the demo's people. */
  become(role) {
    this.identity = this.personas.find((persona) => persona.role === role) ?? this.personas[0];
    this.#service.key = this.identity.key;
    sessionStorage.setItem(PERSONA, this.identity.role);
  }

  /** Takes a key if the service accepts it; throws Problem (401) if not. */
  async signIn(key) {
    this.#service.key = key;
    try {
      const { subject, role } = await this.#service.me();
      this.identity = { role, subject, key };
      sessionStorage.setItem(KEY, key);
    } catch (cause) {
      this.signOut();
      throw cause;
    }
  }

  signOut() {
    this.#service.key = null;
    this.identity = null;
    sessionStorage.removeItem(KEY);
  }
}
