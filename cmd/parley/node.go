package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newNode(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Look at the servers that share a database",
	}
	cmd.AddCommand(newNodeList(p))
	return p.group(cmd)
}

func newNodeList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the servers that share the database",
		Long: `List the servers that share the database, with what each does and sees.

Each delivers the webhook events of some of the 64 parts into which all
conversations are divided. One that is not seen for 8 seconds counts as dead: the
others take it off the list and share its work.`,
		Example: `  parley node list
  parley node list --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connects(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, err := conn.client()
		if err != nil {
			return err
		}
		nodes, err := api.ListNodes(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(client.NodeList{Nodes: nodes})
		}
		p.printNodes(nodes)
		return nil
	}
	return cmd
}

func (p *program) printNodes(nodes []client.Node) {
	rows := [][]string{{"NODE", "ADDRESS", "STATE", "SEEN", "PARTS", "NATS", "FAILING ENDPOINTS"}}
	for i := range nodes {
		n := &nodes[i]
		name, state, seen, nats, failing := n.ID, "alive", p.when(n.SeenTime), "reached", "none"
		if n.ID == "" { // it has its database for itself
			name, seen, nats = "-", "now", "-"
		}
		if n.This {
			state = "alive, this one"
		}
		if !n.Alive {
			state = "silent"
		}
		if !n.Connected {
			nats = "not reached"
		}
		if len(n.Failing) > 0 {
			failing = strings.Trim(fmt.Sprint(n.Failing), "[]")
		}
		rows = append(rows, []string{name, n.Address, state, seen, fmt.Sprint(n.Parts), nats, failing})
	}
	p.table(rows)
}
