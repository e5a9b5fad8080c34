/** The card that asks for a decision on a risky action, and the notice for a customer who can only wait. */
import { button, el, humanName, icon } from "./dom.js";

let cards = 0;

/**
 * `pending` as in the run's result; `role` of the person at the page; `decide(type)` is called once with "approve" or
 * "reject" and may throw a Problem, which is shown on the card and lets the person try again.
 */
export function approvalCard(pending, role, decide) {
  const mayDecide = pending.approver === "customer" || role !== "customer";
  const id = `approval-${++cards}`;
  const asked = pending.approver === "customer" ? "Please confirm" : mayDecide ? "Your approval is needed" : "Waiting for a colleague";
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const card = el(
    "section",
    { class: "approval", "aria-labelledby": id },
    el("h3", { id }, icon(mayDecide ? "shield" : "person"), asked),
    pending.action_requests.map((request) => el("div", { class: "action" }, el("p", {}, request.description), facts(request.args))),
    mayDecide
      ? choices(pending, async (type) => {
          trouble.hidden = true;
          card.inert = true;
          try {
            await decide(type);
          } catch (problem) {
            trouble.textContent = problem.message;
            trouble.hidden = false;
          } finally {
            card.inert = false;
          }
        })
      : el("p", { class: "hint" }, "The answer appears here as soon as it is decided."),
    trouble,
  );
  return card;
}

function facts(args) {
  const rows = Object.entries(args).filter(([, value]) => value !== null && value !== "");
  return (
    rows.length > 0 &&
    el(
      "dl",
      { class: "facts" },
      rows.map(([name, value]) =>
        el("div", {}, el("dt", {}, humanName(name)), el("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))),
      ),
    )
  );
}

function choices(pending, decide) {
  const allows = (type) => pending.review_configs.every((config) => config.allowed_decisions.includes(type));
  const yes = pending.approver === "customer" ? "Confirm" : "Approve";
  return el(
    "div",
    { class: "choices" },
    allows("approve") && button(yes, { class: "primary", onclick: () => decide("approve") }),
    allows("reject") && button("Decline", { class: "secondary", onclick: () => decide("reject") }),
  );
}

/** The decisions for resume: the same answer to every request of the interrupt. */
export const decisionsFor = (pending, type) => pending.action_requests.map(() => ({ type }));
