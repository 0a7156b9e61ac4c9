# ENV102: braces
export {LD_LIBRARY,LIBRARY}_PATH=/opt/x/lib
