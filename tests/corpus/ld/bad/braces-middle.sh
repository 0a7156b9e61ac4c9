# ENV102: braces in the middle
export LD_{LIBRARY,RUN}_PATH=/opt/x/lib:/opt/y/lib
