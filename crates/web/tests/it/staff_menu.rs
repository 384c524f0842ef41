//! The way through the pages for staff: what the menu of the head leads to, and the pages below *Settings*.

use tablon_core::Role;

use crate::board::on_each_database;
use crate::browser::Browser;

/// Addresses that the navigation called `label` leads to.
fn links(page: &str, label: &str) -> Vec<String> {
    let nav = page.split(&format!("aria-label=\"{label}\">")).nth(1).unwrap_or_default();
    let nav = nav.split("</nav>").next().expect("the first part");
    nav.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The address that a navigation marks with `value`: `page`, or `true` for a page below it.
fn marked<'a>(page: &'a str, label: &str, value: &str) -> Option<&'a str> {
    let nav = page.split(&format!("aria-label=\"{label}\">")).nth(1)?.split("</nav>").next()?;
    let before = nav.split(&format!("\" aria-current=\"{value}\"")).next().filter(|before| before.len() < nav.len())?;
    before.rsplit("href=\"").next()
}

#[tokio::test]
async fn settings_mail_team_and_notifications_are_tabs_of_one_entry() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let head = ["", "/jobs", "/placements", "/channels", "/settings"].map(|page| format!("/t/acme/admin{page}"));
        let tabs = ["settings", "mail", "members", "notifications"].map(|page| format!("/t/acme/admin/{page}"));
        assert_eq!(links(&admin.get("/t/acme/admin").await.expect(200).text, "Administration"), head);
        for tab in &tabs {
            let page = admin.get(tab).await.expect(200).text;
            assert_eq!(links(&page, "Administration"), head, "{tab}");
            assert_eq!(links(&page, "Settings"), tabs, "{tab}");
            assert_eq!(marked(&page, "Settings", "page"), Some(tab.as_str()));
            let value = if tab.ends_with("settings") { "page" } else { "true" };
            assert_eq!(marked(&page, "Administration", value), Some("/t/acme/admin/settings"), "{tab}");
        }
        // The words of one mail are a page below.
        let page = admin.get("/t/acme/admin/mail/job.rejected").await.expect(200).text;
        assert_eq!(marked(&page, "Administration", "true"), Some("/t/acme/admin/settings"));
        assert!(page.contains("<a href=\"/t/acme/admin/mail\">"), "and leads back");
    })
    .await;
}

#[tokio::test]
async fn a_moderator_sees_no_settings_but_their_own_notifications() {
    on_each_database(async |board| {
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let head = ["", "/jobs", "/placements", "/notifications"].map(|page| format!("/t/acme/admin{page}"));
        let page = moderator.get("/t/acme/admin/notifications").await.expect(200).text;
        assert_eq!(links(&page, "Administration"), head);
        assert!(links(&page, "Settings").is_empty(), "no tabs that answer 403");
        assert_eq!(marked(&page, "Administration", "page"), Some("/t/acme/admin/notifications"));
    })
    .await;
}

#[tokio::test]
async fn the_menu_of_a_phone_needs_no_script() {
    on_each_database(async |board| {
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = moderator.get("/t/acme/admin").await.expect(200).text;
        assert!(page.contains("popovertarget=\"staff-menu\"") && page.contains("id=\"staff-menu\" popover"), "{page}");
        let menu = page.split("id=\"staff-menu\"").nth(1).and_then(|rest| rest.split("</header>").next());
        let menu = menu.expect("a menu");
        for inside in ["href=\"/account\"", "action=\"/logout\"", "aria-label=\"Administration\""] {
            assert!(menu.contains(inside), "{inside}: {menu}");
        }
    })
    .await;
}
