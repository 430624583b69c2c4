// Package cluster shares out, among the servers that use one store, the work that
// only one of them may do.
//
// Each server is a node. It gives a sign of life in the store every two seconds, in a
// transaction that no other one runs beside. There it also reads who else is alive and
// who holds which part of all conversations: the holder of a part, and nobody else,
// delivers its events.
//
// Who is seen no more is dead, and whoever finds that out first takes it off the
// list, gives its parts to those who are left and takes over its sessions, all in one
// transaction. A death is measured by the clock of the observer alone: the sign of
// life has not changed for store.NodeLifetime, during which the observer itself had no
// gap. So neither clocks that differ nor an outage of the database, which silences
// all, make anybody dead.
//
// A node trusts what it holds for less than that, counted from before its last sign of
// life: one that was paused, or cannot reach the store, begins nothing after that time,
// and the others take over later. What a dead node still tries to store is refused,
// since Turn.Holds looks for it on the list. A node that finds itself taken for dead
// goes on under a new ID, which begins with the same name.
//
// When nodes join, those that have more than their share give parts away: they begin
// nothing new there, and pass the part on when what they began has ended.
//
// A nil Member is that of a server that has its store for itself: it holds everything
// for ever. Methods may be called from any goroutine.
package cluster
