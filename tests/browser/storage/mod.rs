//! What the browser stores: restored, resumed, shared between tabs, and when storing fails.

mod database;
mod database_faults;
mod earlier_version;
mod page_lifecycle;
mod restore;
mod resume;
mod slow_database;
mod small_run;
mod tabs;
