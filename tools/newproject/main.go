// Command newproject lays out a new project from a template's folder, with the code of `pulumi new` itself.
// That command goes on and installs what the program needs, for which it wants a language host; this one ends there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/templates"
)

func main() {
	template := flag.String("template", "template", "the folder of the template")
	out := flag.String("out", "", "the folder of the project, which exists")
	name := flag.String("name", "", "the name of the project")
	description := flag.String("description", "", "what the project is; by default what the template says of itself")
	flag.Parse()
	if err := layOut(*template, *out, *name, *description); err != nil {
		fmt.Fprintf(os.Stderr, "newproject: %v\n", err)
		os.Exit(1)
	}
}

func layOut(folder, out, name, description string) error {
	if out == "" || name == "" {
		return errors.New("say the project's folder by `-out` and its name by `-name`")
	}
	template, err := templates.LoadTemplate(folder)
	if err != nil {
		return err
	}
	if description == "" {
		description = template.Description
	}
	if err := templates.CopyTemplateFilesDryRun(template.Dir, out, name); err != nil {
		return err
	}
	return templates.CopyTemplateFiles(template.Dir, out, false, name, description)
}
