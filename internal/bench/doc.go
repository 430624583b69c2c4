// Package bench drives a running server over real HTTP and measures what it
// does: sends a second, how long acknowledgements take, webhooks a second and
// how long after the acknowledgement they arrive, processor time and memory of
// the server. Beside them stand yardsticks, taken in the same run with the same
// load generator: what HTTP alone costs, what the same rows cost without any of
// our code, what a bare POST costs its sender.
//
// The load generator is a lean HTTP/1.1 client, since it shares the machine with
// what it measures.
package bench
