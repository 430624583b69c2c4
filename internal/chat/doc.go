// Package chat is the vocabulary of Parley: apps, accounts, groups, members,
// messages, official accounts, the matrix of group types, and the table of
// error codes. It does no I/O and knows neither how a thing travels nor where
// it is kept.
package chat
