// Command gensdk writes the SDKs of a Pulumi package from its schema, with Pulumi's own generators.
// It does what `pulumi package gen-sdk` does, but needs no language host beside it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "pulumi-language-"

// generators holds, for each language, what turns a bound package into files by their path.
var generators = map[string]func(*schema.Package, schema.ReferenceLoader) (map[string][]byte, error){
	"nodejs": func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
		return nodejs.GeneratePackage(tool+"nodejs", pkg, nil, nil, false, loader)
	},
	"python": func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
		return python.GeneratePackage(tool+"python", pkg, nil, loader)
	},
	"go": func(pkg *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
		return gogen.GeneratePackage(tool+"go", pkg, nil)
	},
}

func main() {
	schemaFile := flag.String("schema", "schema.json", "the package schema to read")
	out := flag.String("out", "sdk", "the folder that gets one folder for each language; those are emptied first")
	languages := flag.String("languages", "nodejs,python,go", "the languages to write, with commas between them")
	flag.Parse()
	for _, language := range strings.Split(*languages, ",") {
		if err := generate(*schemaFile, filepath.Join(*out, language), language); err != nil {
			fmt.Fprintf(os.Stderr, "gensdk: %s: %v\n", language, err)
			os.Exit(1)
		}
	}
}

// generate writes one language's SDK into dir, which holds nothing else afterwards.
func generate(schemaFile, dir, language string) error {
	generator, ok := generators[language]
	if !ok {
		return errors.New("there is no generator for this language; give `nodejs`, `python` or `go`")
	}
	// A generator changes the package that it is given, so each one gets a package of its own.
	pkg, err := bind(schemaFile)
	if err != nil {
		return err
	}
	files, err := generator(pkg, closedLoader{})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// bind reads a schema and checks it against Pulumi's metaschema.
func bind(file string) (*schema.Package, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("`%s` is not a package schema: %w", file, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, closedLoader{}, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	return pkg, nil
}

// closedLoader refuses every other package: our schema refers to none, and none could be had without the network.
type closedLoader struct{}

func refuse(pkg string) error {
	return fmt.Errorf("the schema refers to the package `%s`; it must stand alone", pkg)
}

func (closedLoader) LoadPackage(pkg string, _ *semver.Version) (*schema.Package, error) {
	return nil, refuse(pkg)
}

func (closedLoader) LoadPackageV2(_ context.Context, d *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, refuse(d.Name)
}

func (closedLoader) LoadPackageReference(pkg string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, refuse(pkg)
}

func (closedLoader) LoadPackageReferenceV2(
	_ context.Context, d *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return nil, refuse(d.Name)
}
