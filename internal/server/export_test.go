package server

// CheckClock is what a node does at its start.
var CheckClock = checkClock
