# an unknown text
eval "$(/opt/x/bin/env --sh)"  # may set LD_LIBRARY_PATH
