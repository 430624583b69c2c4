package client

import "context"

// ListNodes returns the servers that share the store, first started first.
func (c *Client) ListNodes(ctx context.Context) ([]Node, error) {
	list, err := get[NodeList](ctx, c, "/nodes", nil)
	return list.Nodes, err
}
