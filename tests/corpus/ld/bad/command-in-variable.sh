# ENV103: a command in a variable
RUN="env LD_LIBRARY_PATH=/opt/x/lib"
$RUN ./test1 && $RUN ./test2
