package config

import "fmt"

// unknownProblem says that there is no such thing as name, and which of the
// known names was probably meant.
func unknownProblem(thing, name string, known []string) string {
	if near, ok := nearest(name, known); ok {
		return fmt.Sprintf("there is no such %s; did you mean %s?", thing, near)
	}
	return fmt.Sprintf("there is no such %s; \"parley config doc\" lists all settings", thing)
}

// maxTypos is how many letters may be wrong in a name that we still recognise.
const maxTypos = 3

// nearest returns the known name that takes the fewest changes to reach, the
// first of them if there are several, and false if all are too far away.
func nearest(name string, known []string) (string, bool) {
	best, least := "", maxTypos+1
	if len(name) > 100 {
		return "", false
	}
	for _, candidate := range known {
		if d := distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best, best != ""
}

// distance is the number of letters to insert, delete or replace in a to get b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, replace)
		}
	}
	return row[len(b)]
}
