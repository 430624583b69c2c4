package console

import (
	"slices"
	"strings"

	"github.com/parley-im/parley/callback"
)

// groupsOfCommands are the words that stand for several commands.
var groupsOfCommands = map[string]func(callback.Command) bool{
	"all":    func(callback.Command) bool { return true },
	"after":  callback.Command.IsAfter,
	"before": callback.Command.IsBefore,
}

// commands returns what words, which are names of commands or of groups of them,
// stand for. setting is where the words come from.
func (c *Console) commands(setting string, words []string) ([]string, error) {
	var named []string
	for _, word := range words {
		belongs, ok := groupsOfCommands[word]
		if !ok {
			if err := c.checkCommand(setting, word); err != nil {
				return nil, err
			}
			named = append(named, word)
			continue
		}
		for _, command := range c.Webhooks.Commands() {
			if belongs(command) {
				named = append(named, string(command))
			}
		}
	}
	return named, nil
}

// checkCommand refuses what is no webhook.
func (c *Console) checkCommand(setting, name string) error {
	known := c.Webhooks.Commands()
	if slices.Contains(known, callback.Command(name)) {
		return nil
	}
	names := make([]string, 0, len(known))
	for _, command := range known {
		names = append(names, string(command))
	}
	return badRequest(setting, "%.80q is no webhook; there are: %s", name, strings.Join(names, ", "))
}

// switched returns the commands of list, with on added and off removed, in the
// order of the table.
func (c *Console) switched(list, on, off []string) []string {
	result := []string{}
	for _, command := range c.Webhooks.Commands() {
		name := string(command)
		if !slices.Contains(off, name) && (slices.Contains(on, name) || slices.Contains(list, name)) {
			result = append(result, name)
		}
	}
	return result
}
