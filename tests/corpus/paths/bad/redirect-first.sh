# PTH202@2: a redirection before the command
>/home/x/flag echo done
