# an issue
gh issue create --title 'env' --body 'export LD_LIBRARY_PATH=/x must go'
