package server

// CheckClock is what a node does at its start.
var CheckClock = checkClock

// Purge is what a node does about retention.
var Purge = purge
