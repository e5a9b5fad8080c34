/** Questions to start with: about the demo company in the demo, general ones elsewhere. */

const DEMO = {
  customer: [
    "My internet is down. Is there an outage in my area? If not, open a ticket.",
    "When is a late fee charged?",
    "Please cancel my latest order",
    "How do I return a device I do not want?",
  ],
  staff: [
    "What do I check before a refund is approved?",
    "How much goodwill may I give?",
    "Which tickets are open?",
  ],
};

const GENERAL = ["What can you help me with?", "Which tickets do I have open?", "I would like to talk to a person"];

export const suggestionsFor = (identity, demo) => (demo ? (DEMO[identity.role] ?? DEMO.staff) : GENERAL);
