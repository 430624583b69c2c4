package webhook

import "time"

// failuresToOpen is how many calls in a row, in more than one conversation, must
// fail before the endpoint as a whole is taken to fail.
const failuresToOpen = 5

// circuit tells whether an endpoint works. Its queue's mutex guards it.
type circuit struct {
	open     bool
	failures int
	// lane is the one in which the failures in a row happened, spread whether
	// there was another.
	lane   string
	spread bool
	// probes counts the failures since it opened.
	probes      int
	nextProbe   time.Time
	lastSuccess time.Time
}

// success closes the circuit and reports whether it was open.
func (c *circuit) success(now time.Time) bool {
	wasOpen := c.open
	*c = circuit{lastSuccess: now}
	return wasOpen
}

// failure counts a failed call and reports whether the circuit opened by it.
// endpoint says that the failure speaks of the endpoint as a whole.
func (c *circuit) failure(lane string, endpoint bool, now time.Time) bool {
	if c.open {
		c.probes++
		c.nextProbe = now.Add(pause(c.probes+1, maxProbePause))
		return false
	}
	c.failures++
	c.spread = c.spread || (c.lane != "" && c.lane != lane)
	c.lane = lane
	if endpoint || (c.failures >= failuresToOpen && c.spread) {
		c.open = true
		c.nextProbe = now.Add(pause(1, maxProbePause))
		return true
	}
	return false
}
