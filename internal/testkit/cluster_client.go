package testkit

// Move has the next Dial connect to another server. It must not be called while
// Dial runs.
func (c *Client) Move(url string) { c.options.URL = url }
