package client

import "time"

// NodeList is the servers that share a store.
type NodeList struct {
	Nodes []Node `json:"Nodes"`
}

// Node is one server.
type Node struct {
	// ID is empty if the server has its store for itself. It changes with each start,
	// and gets a number behind it when the node was taken for dead and goes on.
	ID      string `json:"ID"`
	Address string `json:"Address"`
	Version string `json:"Version"`
	// Alive is set if the node was seen lately. One that is not is taken off the list
	// soon, if there is another to do so.
	Alive bool `json:"Alive"`
	// This is set for the node that answers.
	This bool `json:"This"`
	// StartTime and SeenTime are by the database's clock.
	StartTime time.Time `json:"StartTime,omitzero"`
	SeenTime  time.Time `json:"SeenTime,omitzero"`
	// Parts is how many of the 64 parts of all conversations it delivers events for.
	Parts int `json:"Parts"`
	// Connected tells whether NATS can be reached from there; it is set if there is
	// none.
	Connected bool `json:"Connected"`
	// Failing are the first apps whose webhook endpoints fail as a whole, as the node
	// sees it.
	Failing []int64 `json:"Failing"`
}
