// A small world outside: an HTTP service with one thing to do of each class, which counts what was really done to it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with the next write: applied without an answer, applied later although the caller has given up, or lost on the way. */
export type Fault =
  | { readonly kind: 'answer lost' }
  | { readonly kind: 'applied late'; readonly when: Promise<undefined> }
  | { readonly kind: 'not applied' };

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly text: string;
}

export class World {
  readonly merges: string[] = [];
  readonly labels = new Map<string, string>();
  readonly comments: Comment[] = [];
  readonly messages: { readonly key: string; readonly text: string }[] = [];
  readonly faults: Fault[] = [];
  readonly signedInWith: (string | undefined)[] = [];
  writes = 0;
  url = '';
  /** Settles when a write has been applied and before it is answered. */
  onApplied: (path: string) => Promise<void> = async () => undefined;
  readonly #unanswered = new Map<string, () => void>();
  readonly #server: Server;
  #lastId = 0;
  #late = Promise.resolve();

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<World> {
    const world = new World();
    await new Promise<void>((resolve) => world.#server.listen(0, '127.0.0.1', resolve));
    world.url = `http://127.0.0.1:${(world.#server.address() as AddressInfo).port}`;
    return world;
  }

  /** When the next write of this name has been applied; it will never be answered. */
  unanswered(name: string): Promise<void> {
    return new Promise((resolve) => this.#unanswered.set(name, resolve));
  }

  /** When the late write has been applied. */
  settled(): Promise<void> {
    return this.#late;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.url).pathname;
    if (request.method === 'GET') {
      answer(response, 200, this.#read(path));
      return;
    }
    const body = await bodyOf(request);
    this.writes++;
    this.signedInWith.push(request.headers.authorization);
    const fault = this.faults.shift();
    if (fault?.kind === 'not applied') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'applied late') {
      request.socket.destroy();
      this.#late = fault.when.then(() => void this.#write(request.method ?? '', path, body));
      return;
    }
    const [status, result] = this.#write(request.method ?? '', path, body);
    await this.onApplied(path);
    const name = body['text']?.split(' ')[0] ?? path.split('/')[2] ?? '';
    const tell = this.#unanswered.get(name);
    if (tell !== undefined) {
      this.#unanswered.delete(name);
      tell();
      return;
    }
    if (fault?.kind === 'answer lost') request.socket.destroy();
    else answer(response, status, result);
  }

  #read(path: string): unknown {
    const [, area, name = ''] = path.split('/');
    if (area === 'merges') return { merged: this.merges.includes(name) };
    if (area === 'comments') return this.comments;
    return { value: this.labels.get(name) };
  }

  #write(method: string, path: string, body: Record<string, string>): [status: number, result: unknown] {
    const [, area, name = ''] = path.split('/');
    if (area === 'merges') {
      if (this.merges.includes(name)) return [409, { because: 'merged already' }];
      this.merges.push(name);
      return [200, { merged: true }];
    }
    if (area === 'labels') {
      this.labels.set(name, body['value'] ?? '');
      return [200, {}];
    }
    if (area === 'comments' && method === 'DELETE') {
      const at = this.comments.findIndex(({ id }) => id === Number(name));
      if (at >= 0) this.comments.splice(at, 1);
      return [204, {}];
    }
    if (area === 'comments') {
      const comment = { id: ++this.#lastId, author: body['author'] ?? '', text: body['text'] ?? '' };
      this.comments.push(comment);
      return [201, comment];
    }
    this.messages.push({ key: body['key'] ?? '', text: body['text'] ?? '' });
    return [202, {}];
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
