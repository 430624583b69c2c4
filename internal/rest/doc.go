// Package rest is the edge for app backends: the RESTful API v4. A table names
// every command; from its rows come the routes, decoding, frequency limits,
// metrics and the reference pages. The rest of the package is the same for all
// commands: who calls, may he, what did he send, and the envelope of the answer.
// Spec: rest-common
package rest
