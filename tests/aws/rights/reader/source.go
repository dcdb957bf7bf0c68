package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	services = "github.com/hashicorp/terraform-provider-aws/internal/service/"
	sdk      = "github.com/aws/aws-sdk-go-v2/service/"
)

// folder is one Go package of the provider, read but not type-checked: its dependencies are hundreds.
type folder struct {
	name string
	// What is declared at the top, by name: functions, and variables, whose values may call.
	declared map[string]declared
	// Methods by the type that has them, and the types that a type embeds.
	methods map[string]map[string]declared
	embeds  map[string][]string
}

// declared is a piece of code, with what its file calls the packages that it imports.
type declared struct {
	node    ast.Node
	imports map[string]string
}

type source struct {
	root    string
	folders map[string]*folder
}

// folder reads a package below internal/service, once.
func (s *source) folder(name string) (*folder, error) {
	if known, ok := s.folders[name]; ok {
		return known, nil
	}
	path := filepath.Join(s.root, "internal/service", name)
	read := &folder{name, map[string]declared{}, map[string]map[string]declared{}, map[string][]string{}}
	s.folders[name] = read
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(path, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		read.add(file)
	}
	return read, nil
}

func (f *folder) add(file *ast.File) {
	imports := imported(file)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			it := declared{decl, imports}
			if decl.Recv == nil {
				f.declared[decl.Name.Name] = it
				continue
			}
			of := typeName(decl.Recv.List[0].Type)
			if f.methods[of] == nil {
				f.methods[of] = map[string]declared{}
			}
			f.methods[of][decl.Name.Name] = it
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						f.declared[name.Name] = declared{spec, imports}
					}
				case *ast.TypeSpec:
					f.embeds[spec.Name.Name] = embedded(spec)
				}
			}
		}
	}
}

// imported is the path behind each name that a file gives to a package.
func imported(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := filepath.Base(path)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = path
	}
	return imports
}

func embedded(spec *ast.TypeSpec) []string {
	var found []string
	if it, ok := spec.Type.(*ast.StructType); ok {
		for _, field := range it.Fields.List {
			if len(field.Names) == 0 {
				found = append(found, typeName(field.Type))
			}
		}
	}
	return found
}

// typeName is the name of a type without its package, its star and its parameters.
func typeName(it ast.Expr) string {
	switch it := it.(type) {
	case *ast.StarExpr:
		return typeName(it.X)
	case *ast.IndexExpr:
		return typeName(it.X)
	case *ast.SelectorExpr:
		return it.Sel.Name
	case *ast.Ident:
		return it.Name
	}
	return ""
}
