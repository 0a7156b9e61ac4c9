# PTH207@2: GOBIN in the shell
export GOBIN=/root/go/bin
go install github.com/sylabs/tool@v1.2.3
