/* The extension module `native`: makes the kernels of `kernels.h` callable with NumPy arrays.
 *
 * It uses only the stable ABI of Python 3.11, so that one build serves all later versions.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* --- room to work in --- */

typedef union Block {
    union Block *before;
    max_align_t alignment;
} Block;

static void *keep(Scratch *scratch, Block *block) {
    if (!block) {
        scratch->failed = true;
        return NULL;
    }
    block->before = scratch->latest;
    scratch->latest = block;
    return block + 1;
}

static bool fits(int64_t count, size_t size) { return (uint64_t)count <= (PTRDIFF_MAX - sizeof(Block)) / size; }

void *take(Scratch *scratch, int64_t count, size_t size) {
    return keep(scratch, fits(count, size) ? malloc(sizeof(Block) + (size_t)count * size) : NULL);
}

void *take_zeros(Scratch *scratch, int64_t count, size_t size) {
    return keep(scratch, fits(count, size) ? calloc(1, sizeof(Block) + (size_t)count * size) : NULL);
}

int64_t give_back(Scratch *scratch, int64_t result) {
    for (Block *block = scratch->latest; block;) {
        Block *before = block->before;
        free(block);
        block = before;
    }
    return result;
}

/* --- from Python to kernels --- */

#define MAX_ARGUMENTS 24

typedef struct {
    const char *name;
    const char *signature;
    Kernel *run;
} Entry;

#define KERNEL(name, signature) Kernel name;
#include "kernels.h"
#undef KERNEL

static const Entry ENTRIES[] = {
#define KERNEL(name, signature) {#name, signature, name},
#include "kernels.h"
#undef KERNEL
};

enum { KERNELS = sizeof ENTRIES / sizeof ENTRIES[0] };

/* Whether the elements of a buffer are those that a letter of a signature stands for. */
static bool has_elements(const Py_buffer *buffer, char letter) {
    const char *accepted = letter == 'B'   ? "B?"
                           : letter == 'H' ? "H"
                           : letter == 'I' || letter == 'Q' ? "ILQ"
                           : letter == 'i' || letter == 'q' ? "ilq"
                                                            : "d";
    Py_ssize_t size = letter == 'B' ? 1 : letter == 'H' ? 2 : letter == 'I' || letter == 'i' ? 4 : 8;
    const char *format = buffer->format ? buffer->format : "B";
    return buffer->itemsize == size && format[0] && !format[1] && strchr(accepted, format[0]);
}

/* Read one argument. Returns 1 if it holds a buffer, which must be released, 0 if it is a number, -1 for an error. */
static int read_argument(PyObject *given, char letter, bool is_written, Value *value, Py_buffer *buffer) {
    switch (letter) {
    case 'n':
        value->integer = PyLong_AsLongLong(given);
        return PyErr_Occurred() ? -1 : 0;
    case 'u': {
        PyObject *index = PyNumber_Index(given); /* a NumPy number becomes one of Python */
        if (!index)
            return -1;
        value->bits = PyLong_AsUnsignedLongLong(index);
        Py_DECREF(index);
        return PyErr_Occurred() ? -1 : 0;
    }
    case 'f':
        value->real = PyFloat_AsDouble(given);
        return PyErr_Occurred() ? -1 : 0;
    default:
        if (PyObject_GetBuffer(given, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0)))
            return -1;
        if (!has_elements(buffer, letter)) {
            PyErr_Format(PyExc_TypeError, "an array has elements of format %s, not %c", buffer->format, letter);
            PyBuffer_Release(buffer);
            return -1;
        }
        value->data = buffer->buf;
        value->size = buffer->len / buffer->itemsize;
        return 1;
    }
}

/* Call a kernel with the arguments its signature names. `self` is a capsule with its entry. */
static PyObject *call(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    const Entry *entry = PyCapsule_GetPointer(self, NULL);
    Value values[MAX_ARGUMENTS];
    Py_buffer buffers[MAX_ARGUMENTS];
    int held = 0;
    Py_ssize_t place = 0;
    int64_t result = 0;
    bool is_read = true;
    for (const char *letter = entry->signature; is_read && *letter; letter++) {
        if (*letter == ' ' || *letter == '*')
            continue;
        if (place == count)
            break;
        int kind = read_argument(given[place], *letter, letter[1] == '*', &values[place], &buffers[held]);
        is_read = kind >= 0;
        held += kind > 0;
        place++;
    }
    Py_ssize_t wanted = 0;
    for (const char *letter = entry->signature; *letter; letter++)
        wanted += *letter != ' ' && *letter != '*';
    if (is_read && (place < wanted || count != wanted)) {
        PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, not %zd", entry->name, wanted, count);
        is_read = false;
    }
    if (is_read) {
        Py_BEGIN_ALLOW_THREADS
        result = entry->run(values);
        Py_END_ALLOW_THREADS
    }
    while (held > 0)
        PyBuffer_Release(&buffers[--held]);
    if (!is_read)
        return NULL;
    return result == NO_MEMORY ? PyErr_NoMemory() : PyLong_FromLongLong(result);
}

static PyMethodDef METHODS[KERNELS];

static int add_kernels(PyObject *module) {
    for (int i = 0; i < KERNELS; i++) {
        METHODS[i] = (PyMethodDef){ENTRIES[i].name, (PyCFunction)(void (*)(void))call, METH_FASTCALL, NULL};
        PyObject *capsule = PyCapsule_New((void *)&ENTRIES[i], NULL, NULL);
        PyObject *function = capsule ? PyCFunction_New(&METHODS[i], capsule) : NULL;
        Py_XDECREF(capsule);
        if (!function || PyModule_AddObjectRef(module, ENTRIES[i].name, function)) {
            Py_XDECREF(function);
            return -1;
        }
        Py_DECREF(function);
    }
    return 0;
}

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, add_kernels}, {0, NULL}};

static PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "native", .m_doc = "The kernels in C; see kernels.h.", .m_slots = SLOTS};

PyMODINIT_FUNC PyInit_native(void) { return PyModuleDef_Init(&MODULE); }
