package client

import "time"

// Server is what a server tells about itself.
type Server struct {
	Version string    `json:"Version"`
	Time    time.Time `json:"Time"`
	// Commands are the webhooks that can be switched on.
	Commands []string `json:"Commands"`
}

// Fault is the answer to a request that could not be fulfilled.
type Fault struct {
	// Text is a sentence for a person.
	Text string `json:"error"`
	// Setting is the one that is wrong, named as the command line does, if it
	// is one.
	Setting string `json:"setting,omitempty"`
}
