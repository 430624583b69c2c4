// Package policy holds what guards every send and needs no storage: a filter
// of words that nobody may send, and limits on how often something may happen.
//
// A [Filter] and a [Limiter] are plain values that know neither apps nor error
// codes; a [Guard] asks them for an app. There is one Filter for each word list,
// replaced when the list changes, and one Limiter for each rule:
//
//   - messages into one group, by group, each second
//   - calls of one REST command, by app and command, each second
//   - broadcasts of an official account, by account, each second and each hour
//
// Everything here may be used by many goroutines at once, starts no goroutine,
// and is gone when the last reference is: there is nothing to stop. Counts live
// in memory only, so a restart begins every window anew.
package policy
