# wrapper clears
printf '#!/bin/sh\nexec env -u LD_LIBRARY_PATH /opt/x/libexec/x "$@"\n' > /opt/x/bin/x
