# ENV104: a user's Renviron
printf 'R_LIBS=/opt/r/lib\nLD_LIBRARY_PATH=/opt/proj/lib\n' > /root/.Renviron
