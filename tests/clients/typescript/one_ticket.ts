// One ticket's life, as a stranger would write it with the types that openapi-typescript makes: node one_ticket.js ADDRESS
import createClient from "openapi-fetch";
import type { paths as Forms } from "./intake.js";
import type { components, paths as Portal } from "./portal.js";

declare const process: { argv: string[] };

type Seen = components["schemas"]["TicketSeen"];
type Origin = components["schemas"]["TicketView"]["context"];

const address = process.argv[2] ?? "";
const answers = {
  subject: "La seconda rata",
  description: "Risulta ancora da pagare.",
  matricola: "1234567",
  anno: "2026/2027",
  consent: true,
};

function expect(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(`not so: ${what}`);
}

function given<T>(value: T | undefined, what: string): T {
  expect(value !== undefined, what);
  return value as T;
}

async function waitFor<T>(look: () => Promise<T | null | undefined>): Promise<T> {
  for (let times = 0; times < 600; times++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("waited too long");
}

async function signIn(identity: string) {
  const { data } = await createClient<Portal>({ baseUrl: address }).POST("/api/session", { body: { identity } });
  return { Authorization: `Bearer ${given(data, "signed in").token}` };
}

// The discriminator tells the two kinds of tickets apart, and the checker of types knows it.
function ownerOf(seen: Seen): string | null {
  if ("view" in seen && seen.view === "ticket") return seen.owner;
  return null;
}

const [requester, operator] = [await signIn("giulia.neri"), await signIn("anna.ferri")];
const forms = createClient<Forms>({ baseUrl: address, headers: requester });
const portal = createClient<Portal>({ baseUrl: address, headers: operator });

const context: Origin = { origin: "website", page: null, reference: null };
const sent = await forms.POST("/api/forms/{slug}/requests", {
  params: { path: { slug: "tasse" } },
  body: { fields: answers, context: { origin: "website" }, language: "it" },
});
const requestId = given(sent.data, "the request is accepted").request_id;
const number = await waitFor(async () => {
  const { data } = await forms.GET("/api/requests/{request_id}", { params: { path: { request_id: requestId } } });
  return data?.ticket_number;
});
const path = { number };
const shown = await waitFor(async () => (await portal.GET("/api/tickets/{number}", { params: { path } })).data);
expect(ownerOf(shown) === null, "nobody owns it yet");

const refused = await portal.POST("/api/tickets/{number}/take", { params: { path }, headers: requester });
expect(refused.error?.type === "urn:sportello:problem:missing-right", "its requester may not take it");

const taken = await portal.POST("/api/tickets/{number}/take", {
  params: { path, header: { "Idempotency-Key": "take-once-more" } },
});
expect(taken.data !== undefined && "view" in taken.data && taken.data.view === "ticket", "the operator gets the ticket");
expect(taken.data.owner === "anna.ferri" && taken.data.context.origin === context.origin, "the operator owns it");
await portal.POST("/api/tickets/{number}/reply", { params: { path }, body: { body: "Verifichiamo." } });
const closed = await portal.POST("/api/tickets/{number}/close", {
  params: { path },
  body: { outcome: "successful", answer: "La rata risulta pagata." },
});
expect(closed.data?.state === "closed_successful", "it is closed");

const found = await portal.GET("/api/tickets", { params: { query: { q: number, limit: 1 } } });
expect(given(found.data, "a list").items[0]?.number === number, "it is found");
const own = await portal.GET("/api/my/requests/{number}", { params: { path }, headers: requester });
const articles = given(own.data, "the requester reads it").articles;
expect(articles[articles.length - 1]?.kind === "answer", "the answer has arrived");
console.log(`${number} ${own.data?.state}`);
