#!/usr/bin/env python3
"""What a window manager would do or see, and what a person and another program would do, on a display that has neither.

x11.py close TITLE        asks the window to close, as its close button does
x11.py look TITLE         prints `shown WIDTH HEIGHT`, `hidden` or `none`
x11.py type TITLE TEXT    gives the window the keyboard and types; `\\n` is Enter, `^v` is Control and V
x11.py drop TITLE FILE    drags a file from another program over the middle of the window and lets it go
x11.py offer FILE         is another program from which a picture was copied, until it is ended; prints `ready`
x11.py asked              prints what the clipboard offers, a line each
"""
import ctypes as c
import pathlib
import sys
import time

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


class Event(c.Union):
    _fields_ = [("type", c.c_int), ("message", ClientMessage), ("pad", c.c_long * 24)]


class Request(c.Structure):
    """A program wants what was offered; with the owner left out, the answer to it."""
    _fields_ = [("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p), ("owner", Window),
                ("requestor", Window), ("selection", Atom), ("target", Atom), ("property", Atom), ("time", c.c_ulong)]


class Answer(c.Structure):
    _fields_ = [("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p),
                ("requestor", Window), ("selection", Atom), ("target", Atom), ("property", Atom), ("time", c.c_ulong), ("pad", c.c_long * 15)]


x.XCreateSimpleWindow.restype = Window
x.XCreateSimpleWindow.argtypes = [c.c_void_p, Window, c.c_int, c.c_int, c.c_uint, c.c_uint, c.c_uint, c.c_ulong, c.c_ulong]
x.XSetSelectionOwner.argtypes = [c.c_void_p, Atom, Window, c.c_ulong]
x.XChangeProperty.argtypes = [c.c_void_p, Window, Atom, Atom, c.c_int, c.c_int, c.c_void_p, c.c_int]
x.XPending.argtypes = [c.c_void_p]
x.XNextEvent.argtypes = [c.c_void_p, c.c_void_p]
x.XConvertSelection.argtypes = [c.c_void_p, Atom, Atom, Atom, Window, c.c_ulong]
x.XGetWindowProperty.argtypes = [c.c_void_p, Window, Atom, c.c_long, c.c_long, c.c_int, Atom, c.POINTER(Atom), c.POINTER(c.c_int),
                                 c.POINTER(c.c_ulong), c.POINTER(c.c_ulong), c.POINTER(c.c_void_p)]
x.XGetAtomName.restype, x.XGetAtomName.argtypes = c.c_char_p, [c.c_void_p, Atom]
x.XTranslateCoordinates.argtypes = [c.c_void_p, Window, Window, c.c_int, c.c_int, c.POINTER(c.c_int), c.POINTER(c.c_int), c.POINTER(Window)]
x.XSetInputFocus.argtypes = [c.c_void_p, Window, c.c_int, c.c_ulong]
x.XKeysymToKeycode.argtypes = [c.c_void_p, c.c_ulong]
x.XKeysymToKeycode.restype = c.c_ubyte
x.XkbKeycodeToKeysym.restype, x.XkbKeycodeToKeysym.argtypes = c.c_ulong, [c.c_void_p, c.c_ubyte, c.c_uint, c.c_uint]
PATIENCE = 60
SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 30, 31, 33


def atom(name):
    return x.XInternAtom(display, name.encode(), 0)


def own_window():
    return x.XCreateSimpleWindow(display, x.XDefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0)


def send(to, kind, *data):
    message = ClientMessage(type=CLIENT_MESSAGE, window=to, message_type=atom(kind), format=32)
    for place, value in enumerate(data):
        message.data[place] = value
    x.XSendEvent(display, to, 0, 0, c.byref(message))
    x.XSync(display, 0)


def events(until=None):
    """What is told to this program's own windows."""
    event = Event()
    while until is None or time.monotonic() < until:
        if x.XPending(display):
            x.XNextEvent(display, c.byref(event))
            yield event
        else:
            time.sleep(0.005)


def give(event, what):
    """Answers a program that wants what was offered: bytes for each kind."""
    asked = c.cast(c.byref(event), c.POINTER(Request)).contents
    answer = Answer(type=SELECTION_NOTIFY, requestor=asked.requestor, selection=asked.selection, target=asked.target, time=asked.time)
    place = asked.property or asked.target
    kinds = {atom(kind): data for kind, data in what.items()}
    if asked.target == atom("TARGETS"):
        offered = (c.c_ulong * (len(kinds) + 1))(atom("TARGETS"), *kinds)
        x.XChangeProperty(display, asked.requestor, place, atom("ATOM"), 32, 0, offered, len(offered))
        answer.property = place
    elif asked.target in kinds:
        data = kinds[asked.target]
        x.XChangeProperty(display, asked.requestor, place, asked.target, 8, 0, data, len(data))
        answer.property = place
    x.XSendEvent(display, asked.requestor, 0, 0, c.byref(answer))
    x.XSync(display, 0)


def press(*keysyms):
    test = c.CDLL("libXtst.so.6")
    test.XTestFakeKeyEvent.argtypes = [c.c_void_p, c.c_uint, c.c_int, c.c_ulong]
    codes = [x.XKeysymToKeycode(display, keysym) for keysym in keysyms]
    for code, down in [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]:
        test.XTestFakeKeyEvent(display, code, down, 0)
    x.XSync(display, 0)
    time.sleep(0.01)


SHIFT, CONTROL, ENTER = 0xFFE1, 0xFFE3, 0xFF0D


def type_(window, text):
    x.XSetInputFocus(display, window, 2, 0)
    x.XSync(display, 0)
    held = False
    for letter in text.replace("\\n", "\n"):
        if letter == "^":
            held = True
            continue
        keysym = ENTER if letter == "\n" else ord(letter)
        shifted = x.XkbKeycodeToKeysym(display, x.XKeysymToKeycode(display, keysym), 0, 0) != keysym
        press(*([CONTROL] if held else []), *([SHIFT] if shifted else []), keysym)
        held = False


def drop(window, file):
    seen, left, above, child = Attributes(), c.c_int(), c.c_int(), Window()
    root = x.XDefaultRootWindow(display)
    x.XGetWindowAttributes(display, window, seen)
    x.XTranslateCoordinates(display, window, root, seen.width // 2, seen.height // 2, left, above, child)
    own, what = own_window(), {"text/uri-list": pathlib.Path(file).resolve().as_uri().encode() + b"\r\n"}
    x.XSetSelectionOwner(display, atom("XdndSelection"), own, 0)
    place = left.value << 16 | above.value
    send(window, "XdndEnter", own, 5 << 24, atom("text/uri-list"))
    send(window, "XdndPosition", own, 0, place, 0, atom("XdndActionCopy"))
    dropped, read = False, 0.0
    for event in events(time.monotonic() + PATIENCE):
        if event.type == SELECTION_REQUEST:
            give(event, what)
            read = time.monotonic()
            send(window, "XdndPosition", own, 0, place, 0, atom("XdndActionCopy"))
        elif event.type == CLIENT_MESSAGE and event.message.message_type == atom("XdndStatus"):
            # It is let go once the window has read what it is and takes it.
            if not dropped and read and event.message.data[1] & 1:
                dropped = True
                send(window, "XdndDrop", own, 0, 0)
            elif not dropped:
                time.sleep(0.05)
                send(window, "XdndPosition", own, 0, place, 0, atom("XdndActionCopy"))
        elif event.type == CLIENT_MESSAGE and event.message.message_type == atom("XdndFinished"):
            return
    sys.exit("the window did not take it")


def offer(file):
    own = own_window()
    x.XSetSelectionOwner(display, atom("CLIPBOARD"), own, 0)
    x.XSync(display, 0)
    print("ready", flush=True)
    for event in events():
        if event.type == SELECTION_REQUEST:
            give(event, {"image/png": pathlib.Path(file).read_bytes()})


def asked():
    own, place = own_window(), atom("ANSWER")
    x.XConvertSelection(display, atom("CLIPBOARD"), atom("TARGETS"), place, own, 0)
    for event in events(time.monotonic() + PATIENCE):
        if event.type == SELECTION_NOTIFY:
            break
    kind, size, count, rest, data = Atom(), c.c_int(), c.c_ulong(), c.c_ulong(), c.c_void_p()
    x.XGetWindowProperty(display, own, place, 0, 1024, 0, 0, kind, size, count, rest, data)
    for number in range(count.value):
        print(x.XGetAtomName(display, c.cast(data, c.POINTER(Atom))[number]).decode())


verb = sys.argv[1]
if verb == "offer":
    offer(sys.argv[2])
elif verb == "asked":
    asked()
else:
    title = sys.argv[2]
    found = next(titled(x.XDefaultRootWindow(display), title.encode()), None)
    if verb == "look":
        seen = Attributes()
        if found is None or not x.XGetWindowAttributes(display, found, seen):
            print("none")
        else:
            print(f"shown {seen.width} {seen.height}" if seen.map_state == 2 else "hidden")
    elif found is None:
        sys.exit(f"no window is called {title}")
    elif verb == "close":
        send(found, "WM_PROTOCOLS", atom("WM_DELETE_WINDOW"))
    elif verb == "type":
        type_(found, sys.argv[3])
    elif verb == "drop":
        drop(found, sys.argv[3])
