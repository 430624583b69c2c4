// Package gateway is the edge for clients: the WebSocket protocol of the official
// Web SDK.
//
// A connection carries requests, their answers, and pushes. Requests are rows of a
// table, like the commands of the REST API; each shows the token of its session,
// so a connection is only a way for frames. A session is one login of a user with
// one instance of a client. It outlives its connections: what is pushed stays with
// the session until the client has acknowledged it, and is sent again on the next
// connection. What does not fit there any more, or was in memory when the server
// stopped, is read from storage when the session returns.
//
// Pushes are made from what operations announce. One goroutine takes the
// announcements in the order of their commits, keeps the index of who is connected
// and which groups they are in, and hands each frame, encoded once, to the sessions
// that are to have it. It never waits for a client: a session whose client does not
// read is disconnected, and catches up when it returns.
//
// A connection has one goroutine that reads. Its requests run one after another in
// lanes, one for each conversation they write to and one for each other request, so
// that messages of a conversation keep their order and a slow one holds up no
// other. Frames are written by a goroutine that lives as long as there are some.
//
// Where several nodes share the store, each tells the others of its announcements
// over the bus, by audience, and hears of those whose audiences have sessions here.
// What may have been lost on the way is read from storage.
package gateway
