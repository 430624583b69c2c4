// Package docgen makes the reference under docs from what the program is made
// of, so that it cannot say anything else: the table of commands in rest, the
// tables of webhooks in webhook and callback, the doc comments and struct tags of
// api and callback, the error codes of chat, the settings of config, the golden
// files as examples, and the lists in docs/spec.
//
// Comments are read from the source, not from the built program. What a page
// says beside that stands in templates. The test of this package holds that the
// files in the repository are up to date, and writes them with -update, which is
// what go generate does.
package docgen

//go:generate go test -count=1 -run ^TestFilesAreUpToDate$ . -update
