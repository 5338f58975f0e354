#!/usr/bin/env python3
"""What a window manager would do or see, on a display that has none.

x11.py close TITLE    asks the window to close, as its close button does
x11.py look TITLE     prints `shown WIDTH HEIGHT`, `hidden` or `none`
"""
import ctypes as c
import sys

x = c.CDLL("libX11.so.6")
Window, Atom = c.c_ulong, c.c_ulong


class Attributes(c.Structure):
    _fields_ = [("x", c.c_int), ("y", c.c_int), ("width", c.c_int), ("height", c.c_int), ("border", c.c_int),
                ("depth", c.c_int), ("visual", c.c_void_p), ("root", Window), ("class_", c.c_int), ("bit_gravity", c.c_int),
                ("win_gravity", c.c_int), ("backing_store", c.c_int), ("planes", c.c_ulong), ("pixel", c.c_ulong),
                ("save_under", c.c_int), ("colormap", c.c_ulong), ("map_installed", c.c_int), ("map_state", c.c_int),
                ("rest", c.c_long * 8)]


class ClientMessage(c.Structure):
    _fields_ = [("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p),
                ("window", Window), ("message_type", Atom), ("format", c.c_int), ("data", c.c_long * 5), ("pad", c.c_long * 24)]


x.XOpenDisplay.restype = c.c_void_p
x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = Window, [c.c_void_p]
x.XInternAtom.restype, x.XInternAtom.argtypes = Atom, [c.c_void_p, c.c_char_p, c.c_int]
x.XFetchName.argtypes = [c.c_void_p, Window, c.POINTER(c.c_char_p)]
x.XQueryTree.argtypes = [c.c_void_p, Window, c.POINTER(Window), c.POINTER(Window), c.POINTER(c.POINTER(Window)), c.POINTER(c.c_uint)]
x.XGetWindowAttributes.argtypes = [c.c_void_p, Window, c.POINTER(Attributes)]
x.XSendEvent.argtypes = [c.c_void_p, Window, c.c_int, c.c_long, c.c_void_p]
x.XSync.argtypes = [c.c_void_p, c.c_int]
x.XGetWMProtocols.argtypes = [c.c_void_p, Window, c.POINTER(c.POINTER(Atom)), c.POINTER(c.c_int)]

display = x.XOpenDisplay(None)
if not display:
    sys.exit("there is no display")


def titled(window, title):
    """Every window below with that title that can be asked to close: a program's own top windows."""
    root, parent, below, count = Window(), Window(), c.POINTER(Window)(), c.c_uint()
    if not x.XQueryTree(display, window, root, parent, below, count):
        return
    for child in [below[i] for i in range(count.value)]:
        name, protocols, n = c.c_char_p(), c.POINTER(Atom)(), c.c_int()
        x.XFetchName(display, child, name)
        if name.value == title and x.XGetWMProtocols(display, child, protocols, n):
            yield child
        yield from titled(child, title)


verb, title = sys.argv[1], sys.argv[2].encode()
found = next(titled(x.XDefaultRootWindow(display), title), None)
if verb == "look":
    seen = Attributes()
    if found is None or not x.XGetWindowAttributes(display, found, seen):
        print("none")
    else:
        print(f"shown {seen.width} {seen.height}" if seen.map_state == 2 else "hidden")
elif found is None:
    sys.exit(f"no window is called {sys.argv[2]}")
else:
    delete, protocols = x.XInternAtom(display, b"WM_DELETE_WINDOW", 0), x.XInternAtom(display, b"WM_PROTOCOLS", 0)
    message = ClientMessage(type=33, window=found, message_type=protocols, format=32)
    message.data[0] = delete
    x.XSendEvent(display, found, 0, 0, c.byref(message))
    x.XSync(display, 0)
