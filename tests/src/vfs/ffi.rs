//! The part that speaks C: the functions that SQLite calls.
//!
//! `unsafe` is allowed here because a SQLite VFS is a table of C functions over raw pointers and there is no other way
//! to stand below the real library. What each function relies on is SQLite's contract for a VFS: the file pointer is
//! the one that `xOpen` filled and is used by one thread at a time, buffers are as long as it says, names are
//! NUL-terminated and outlive the call. Everything that can be decided without a pointer is decided in `disk`.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::{Arc, Once};

use libsqlite3_sys as sys;

use super::VFS;
use super::disk::{Disk, Refusal};

/// The regions of a WAL's shared memory. They stay where they are until nobody has them mapped.
#[derive(Debug, Default)]
pub(super) struct SharedMemory {
    regions: Vec<Region>,
    /// The open files that have it mapped.
    users: Vec<u64>,
}

#[derive(Debug)]
struct Region {
    // `u64` cells, so that SQLite's 32-bit and 64-bit accesses are aligned.
    at: *mut [u64],
}

// SAFETY: a region is plain memory; SQLite itself orders the accesses of its connections by the slot locks and the
// memory barrier.
unsafe impl Send for Region {}

impl Region {
    fn new(bytes: usize) -> Self {
        Self { at: Box::into_raw(vec![0u64; bytes.div_ceil(8)].into_boxed_slice()) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Box::into_raw` and is given back once. The file it belongs to is only dropped
        // when nobody has it mapped, or with its disk, which every open file keeps alive.
        drop(unsafe { Box::from_raw(self.at) });
    }
}

/// What SQLite holds for an open file: its own part first, then ours.
#[repr(C)]
struct Handle {
    base: sys::sqlite3_file,
    open: *mut Open,
}

struct Open {
    disk: Arc<Disk>,
    inode: u64,
    /// Tells the locks of this open file from those of others.
    holder: u64,
    /// Name to delete when the file is closed.
    temporary: Option<String>,
}

/// The open file behind SQLite's pointer.
///
/// # Safety
/// `file` was filled by [`x_open`] and not yet closed.
unsafe fn open_file<'a>(file: *mut sys::sqlite3_file) -> &'a Open {
    unsafe { &*(*file.cast::<Handle>()).open }
}

/// Text from a C string; empty for null or for bytes that are not UTF-8.
///
/// # Safety
/// `text` is null or NUL-terminated.
unsafe fn text<'a>(text: *const c_char) -> &'a str {
    if text.is_null() { "" } else { unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default() }
}

/// SQLite's number for an outcome; `failed` is the one for lost power, which tells the operation.
fn status(outcome: Result<(), Refusal>, failed: c_int) -> c_int {
    match outcome {
        Ok(()) => sys::SQLITE_OK,
        Err(Refusal::Full) => sys::SQLITE_FULL,
        Err(Refusal::Off | Refusal::NoFile) => failed,
    }
}

fn offset(at: sys::sqlite3_int64) -> usize {
    usize::try_from(at).unwrap_or(0)
}

unsafe extern "C" fn x_close(file: *mut sys::sqlite3_file) -> c_int {
    unsafe {
        let handle = file.cast::<Handle>();
        let open = Box::from_raw((*handle).open);
        (*handle).open = ptr::null_mut();
        let mut state = open.disk.lock();
        if let Ok(inode) = state.inode(open.inode) {
            inode.locks.lower(open.holder, super::locks::level::NONE);
            inode.slots.release(open.holder, 0, super::locks::SLOTS);
        }
        if let Some(name) = &open.temporary {
            // Lost power has taken it already; nothing else can fail.
            let _gone = state.delete(name, false);
        }
        drop(state);
    }
    sys::SQLITE_OK
}

unsafe extern "C" fn x_read(
    file: *mut sys::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    at: sys::sqlite3_int64,
) -> c_int {
    unsafe {
        let open = open_file(file);
        let out = std::slice::from_raw_parts_mut(out.cast::<u8>(), usize::try_from(amount).unwrap_or(0));
        match open.disk.lock().inode(open.inode) {
            Ok(inode) if inode.image.read(offset(at), out) == out.len() => sys::SQLITE_OK,
            Ok(_) => sys::SQLITE_IOERR_SHORT_READ,
            Err(_) => sys::SQLITE_IOERR_READ,
        }
    }
}

unsafe extern "C" fn x_write(
    file: *mut sys::sqlite3_file,
    data: *const c_void,
    amount: c_int,
    at: sys::sqlite3_int64,
) -> c_int {
    unsafe {
        let open = open_file(file);
        let data = std::slice::from_raw_parts(data.cast::<u8>(), usize::try_from(amount).unwrap_or(0));
        status(open.disk.lock().write(open.inode, offset(at), data), sys::SQLITE_IOERR_WRITE)
    }
}

unsafe extern "C" fn x_truncate(file: *mut sys::sqlite3_file, size: sys::sqlite3_int64) -> c_int {
    let open = unsafe { open_file(file) };
    status(open.disk.lock().truncate(open.inode, offset(size)), sys::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn x_sync(file: *mut sys::sqlite3_file, _flags: c_int) -> c_int {
    let open = unsafe { open_file(file) };
    status(open.disk.lock().sync(open.inode), sys::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn x_file_size(file: *mut sys::sqlite3_file, out: *mut sys::sqlite3_int64) -> c_int {
    unsafe {
        let open = open_file(file);
        let outcome = open.disk.lock().inode(open.inode).map(|inode| {
            *out = inode.image.len() as sys::sqlite3_int64;
        });
        status(outcome, sys::SQLITE_IOERR_FSTAT)
    }
}

unsafe extern "C" fn x_lock(file: *mut sys::sqlite3_file, level: c_int) -> c_int {
    let open = unsafe { open_file(file) };
    match open.disk.lock().inode(open.inode) {
        Ok(inode) => {
            if inode.locks.raise(open.holder, level) {
                sys::SQLITE_OK
            } else {
                sys::SQLITE_BUSY
            }
        }
        Err(_) => sys::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn x_unlock(file: *mut sys::sqlite3_file, level: c_int) -> c_int {
    let open = unsafe { open_file(file) };
    // Unlocking works without power too: the lock went with it.
    if let Ok(inode) = open.disk.lock().inode(open.inode) {
        inode.locks.lower(open.holder, level);
    }
    sys::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(file: *mut sys::sqlite3_file, out: *mut c_int) -> c_int {
    unsafe {
        let open = open_file(file);
        let outcome = open.disk.lock().inode(open.inode).map(|inode| *out = c_int::from(inode.locks.reserved()));
        status(outcome, sys::SQLITE_IOERR_CHECKRESERVEDLOCK)
    }
}

unsafe extern "C" fn x_file_control(_file: *mut sys::sqlite3_file, _op: c_int, _arg: *mut c_void) -> c_int {
    sys::SQLITE_NOTFOUND
}

unsafe extern "C" fn x_sector_size(_file: *mut sys::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn x_device_characteristics(_file: *mut sys::sqlite3_file) -> c_int {
    sys::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn x_shm_map(
    file: *mut sys::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    unsafe {
        *out = ptr::null_mut();
        let open = open_file(file);
        let (region, size) = (usize::try_from(region).unwrap_or(0), usize::try_from(size).unwrap_or(0));
        let outcome = open.disk.lock().inode(open.inode).map(|inode| {
            if !inode.shared.users.contains(&open.holder) {
                inode.shared.users.push(open.holder);
            }
            let regions = &mut inode.shared.regions;
            while extend != 0 && regions.len() <= region {
                regions.push(Region::new(size));
            }
            if let Some(found) = regions.get(region) {
                *out = found.at.cast::<c_void>();
            }
        });
        status(outcome, sys::SQLITE_IOERR_SHMMAP)
    }
}

unsafe extern "C" fn x_shm_lock(file: *mut sys::sqlite3_file, first: c_int, n: c_int, flags: c_int) -> c_int {
    let open = unsafe { open_file(file) };
    let (first, n) = (usize::try_from(first).unwrap_or(0), usize::try_from(n).unwrap_or(0));
    let mut state = open.disk.lock();
    let Ok(inode) = state.inode(open.inode) else { return sys::SQLITE_IOERR_SHMLOCK };
    let done = if flags & sys::SQLITE_SHM_UNLOCK != 0 {
        inode.slots.release(open.holder, first, n);
        true
    } else if flags & sys::SQLITE_SHM_SHARED != 0 {
        inode.slots.share(open.holder, first, n)
    } else {
        inode.slots.own(open.holder, first, n)
    };
    if done { sys::SQLITE_OK } else { sys::SQLITE_BUSY }
}

unsafe extern "C" fn x_shm_barrier(_file: *mut sys::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn x_shm_unmap(file: *mut sys::sqlite3_file, _delete: c_int) -> c_int {
    let open = unsafe { open_file(file) };
    if let Ok(inode) = open.disk.lock().inode(open.inode) {
        inode.slots.release(open.holder, 0, super::locks::SLOTS);
        inode.shared.users.retain(|user| *user != open.holder);
        if inode.shared.users.is_empty() {
            // The next connection must read the WAL itself: what is in memory may speak of one that is gone.
            inode.shared.regions.clear();
        }
    }
    sys::SQLITE_OK
}

static METHODS: sys::sqlite3_io_methods = sys::sqlite3_io_methods {
    // Version 2: shared memory, no memory mapping of the file itself.
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn x_open(
    _vfs: *mut sys::sqlite3_vfs,
    name: *const c_char,
    file: *mut sys::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    unsafe {
        let handle = file.cast::<Handle>();
        // Without methods SQLite does not call `xClose` after a failure.
        (*handle).base.pMethods = ptr::null();
        (*handle).open = ptr::null_mut();
        let path = text(name);
        // A temporary file has no name and may live on any disk; it gets one of its own.
        let disk = if path.is_empty() { Some(Disk::nameless()) } else { Disk::of(path) };
        let Some(disk) = disk else { return sys::SQLITE_CANTOPEN };
        let mut state = disk.lock();
        let named = (!path.is_empty()).then_some(path);
        let create = named.is_none() || flags & sys::SQLITE_OPEN_CREATE != 0;
        let Ok(inode) = state.open(named, create) else { return sys::SQLITE_CANTOPEN };
        let holder = state.fresh();
        drop(state);
        let temporary = (flags & sys::SQLITE_OPEN_DELETEONCLOSE != 0).then(|| path.to_owned());
        (*handle).open = Box::into_raw(Box::new(Open { disk, inode, holder, temporary }));
        (*handle).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    sys::SQLITE_OK
}

unsafe extern "C" fn x_delete(_vfs: *mut sys::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let path = unsafe { text(name) };
    let Some(disk) = Disk::of(path) else { return sys::SQLITE_IOERR_DELETE_NOENT };
    let outcome = disk.lock().delete(path, sync_folder != 0);
    match outcome {
        Err(Refusal::NoFile) => sys::SQLITE_IOERR_DELETE_NOENT,
        other => status(other, sys::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn x_access(
    _vfs: *mut sys::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        *out = 0;
        let path = text(name);
        let Some(disk) = Disk::of(path) else { return sys::SQLITE_OK };
        let outcome = disk.lock().exists(path).map(|there| *out = c_int::from(there));
        status(outcome, sys::SQLITE_IOERR_ACCESS)
    }
}

unsafe extern "C" fn x_full_pathname(
    _vfs: *mut sys::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    unsafe {
        // Tests mount absolute folders, so the name is already a full one.
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(room).unwrap_or(0) {
            return sys::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast::<c_char>(), out, bytes.len());
    }
    sys::SQLITE_OK
}

/// Makes the VFS known to SQLite, once per process.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the default VFS exists for the life of the process; ours and its name are leaked on purpose, because
        // SQLite keeps the pointers for ever.
        unsafe {
            let default = sys::sqlite3_vfs_find(ptr::null());
            assert!(!default.is_null(), "SQLite has a default VFS");
            // Randomness, sleep, clock and extensions are the default's.
            let mut vfs = *default;
            vfs.iVersion = 2;
            vfs.szOsFile = size_of::<Handle>() as c_int;
            vfs.mxPathname = 1024;
            vfs.pNext = ptr::null_mut();
            vfs.zName = Box::leak(format!("{VFS}\0").into_boxed_str()).as_ptr().cast::<c_char>();
            vfs.xOpen = Some(x_open);
            vfs.xDelete = Some(x_delete);
            vfs.xAccess = Some(x_access);
            vfs.xFullPathname = Some(x_full_pathname);
            let outcome = sys::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0);
            assert_eq!(outcome, sys::SQLITE_OK, "SQLite takes the VFS");
        }
    });
}
