package e2e_test

func restCommand()  {}
func inboxCommand() {}
