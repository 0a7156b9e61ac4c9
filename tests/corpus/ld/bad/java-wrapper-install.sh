# ENV106: java wrapper install
install -m755 <(printf '%s\n' '#!/bin/sh' 'LD_LIBRARY_PATH=/opt/jni exec java -jar /opt/app.jar "$@"') /usr/local/bin/app
