/** Questions to start with: about the demo company in the demo, general ones elsewhere. */

const DEMO = {
  customer: [
    "My internet in Harbour Quarter is down. Is there an outage?",
    "When is a late fee charged, and how much is it?",
    "Please cancel my latest order",
    "Which tickets do I have open?",
  ],
  staff: [
    "When does an urgent ticket have to be answered?",
    "What do I check before a refund is approved?",
    "Is there planned maintenance in Kestrel Hill?",
  ],
};

const GENERAL = ["What can you help me with?", "Which tickets do I have open?", "I would like to talk to a person"];

export const suggestionsFor = (identity, demo) => (demo ? (DEMO[identity.role] ?? DEMO.staff) : GENERAL);
