// Package testkit is what stories about the whole program are told with: an
// Installation, whose Servers are processes of the built program that can be
// stopped and killed, and a Receiver that remembers every webhook and fails on
// request. Everything cleans up by itself at the end of its test.
package testkit
