module github.com/millrace-go/millrace/cluster

go 1.26.0

require github.com/millrace-go/millrace v0.2.0

require golang.org/x/time v0.16.0 // indirect

replace github.com/millrace-go/millrace => ../
