// Package webhook is the edge towards the app's backend. It puts questions to it
// before something happens, turns what happened into rows of the outbox, and
// delivers those rows.
//
// Questions are calls with a short deadline; if a call fails, the app's policy
// decides. Spec: webhooks#1.5, webhooks#1.6
//
// Delivery runs a queue for each app, and in it a lane for each conversation.
// At most one event of a lane is on its way, so that order holds; many lanes
// are on their way at once, so that a slow one holds up nobody else. The outbox
// in the store is the truth. Lanes only hold the next few events of some
// conversations, within a budget of memory; a lane that could not hold an event
// reads it from the store when its turn comes, and conversations without a lane
// are found by scanning. So the memory used depends neither on the length of
// the backlog nor on how long a receiver has been down.
//
// An event that fails is retried with growing pauses, its lane waiting. When the
// endpoint fails as a whole, the queue's circuit opens: all lanes wait and one
// event at a time probes whether it is back. When the endpoint answers for
// others but one event keeps failing, that event is parked beyond the app's
// head-of-line limit: it is retried by itself and its lane goes on. Apps that
// want one attempt for each event have none of this: a failure is final and
// nothing waits for it, not even while the endpoint fails as a whole.
//
// Outcomes are written in batches, which ride in the store's next transaction.
// Until then a lane remembers what it knows better than the store, so that
// reading it, at any time and from its beginning, brings nothing twice. This is
// what makes replays simple: lanes forget what they hold and read anew. A crash
// between a call and its record repeats the call with the same event ID.
//
// Where several nodes share the store, a node begins calls only in the parts of all
// conversations that the cluster has given it, and stores outcomes only while it is
// not taken for dead.
//
// A queue's mutex guards its lanes; calls and reads of the store happen without
// it. Workers, scans and timers start by themselves when there is something to
// do, so an idle queue costs no goroutine. Dispatcher.Run ends when all of them
// have ended and what came of them is stored.
package webhook
